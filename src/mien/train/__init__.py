"""The way to the model: data, network, training, scores, export. What needs torch imports it."""
