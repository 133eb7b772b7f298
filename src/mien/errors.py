"""What can go wrong, in the words that a person at the terminal reads."""


class MienError(Exception):
    """Base of all errors that mien raises on purpose: one line that names the value and what was expected."""


class SourceError(MienError):
    """A camera, file, folder or URL cannot be opened or read, or a picture in it is no picture."""


class SinkError(MienError):
    """An output file, folder or window cannot be opened or written."""


class ModelError(MienError):
    """A model file is missing, is not one of ours, or has been changed."""


class DataError(MienError):
    """A data set, a row of it, or a settings file does not hold what it should."""


class OptionError(MienError, ValueError):
    """An option has a value outside its range."""


class MissingExtraError(MienError):
    """A command needs packages that the plain install leaves out."""
