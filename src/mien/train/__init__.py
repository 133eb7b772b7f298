"""The way to the model: data, network, training, scores, export. Files that need torch import it themselves."""
