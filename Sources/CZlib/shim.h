// Nothing of zlib: swift-nio-extras brings its own view of it. This names the system's package to whoever lacks it.
