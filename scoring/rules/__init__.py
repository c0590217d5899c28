"""One function per rule kind: columnar touches to spans."""
