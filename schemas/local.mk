# schemas/: what manifests may say, and the core's own options.
dist_schema_DATA += schemas/plugin.xsd schemas/core.xml
