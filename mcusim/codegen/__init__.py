"""Turns a TensorFlow Lite model into C and into a firmware for a board; it neither runs nor measures it."""
