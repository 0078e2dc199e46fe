"""What the samples' train.py scripts share: seeding, splitting, int8 conversion, checking and writing."""
