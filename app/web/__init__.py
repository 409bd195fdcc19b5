"""The desk's shell: access rules, navigation, labels, filters, headers, and serving the built field client."""
