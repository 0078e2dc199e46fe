"""An int8 convolutional network on handwritten digits: training, quantisation and integer reference."""
