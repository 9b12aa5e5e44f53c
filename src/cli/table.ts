/** A table in plain text, columns as wide as they need to be, as Markdown reads it too. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  // Not by spreading all rows into one call: they may be many thousands.
  const widths = head.map((title, column) =>
    rows.reduce((widest, row) => Math.max(widest, row[column]?.length ?? 0), title.length),
  )
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(line)].join('\n')
}
