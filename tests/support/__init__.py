"""What tests of several folders share: `from support.nightly import nightly`."""
