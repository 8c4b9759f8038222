/// Lines of rows that were built before; the same lines come out with and without it.
package struct RowCache: Sendable {
  package init() {}
}
