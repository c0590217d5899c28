"""Which touch earns how much of a conversion, by every model that is in use."""
