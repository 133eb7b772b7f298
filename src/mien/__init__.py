"""See how mien reads a face: `mien.analyze(image)`."""
