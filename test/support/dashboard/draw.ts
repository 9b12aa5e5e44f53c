import type { Panel } from './dashboard.ts'

/** What Prometheus gives of one query: a point for each second of a run, `null` where there is none. */
export interface Line {
  readonly name: string
  readonly values: readonly (number | null)[]
}

const COLOURS = ['#3366cc', '#d9662b', '#2d8a4e', '#a23b9a', '#b58900', '#17808c', '#c33c54', '#666f7a', '#6a51a3']
const [WIDTH, ROW] = [1080, 25]

const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)

const inUnit = (value: number, unit: string): string => {
  const short = (n: number): string => String(Number(n.toPrecision(3)))
  if (unit === 's')
    return value >= 1 || value === 0
      ? `${short(value)} s`
      : value < 0.001
        ? `${short(value * 1e6)} µs`
        : `${short(value * 1e3)} ms`
  if (unit === 'bytes') return value >= 2 ** 20 ? `${short(value / 2 ** 20)} MiB` : `${short(value / 2 ** 10)} KiB`
  if (unit === 'percentunit') return `${short(value * 100)} %`
  if (unit === 'ops' || unit === 'reqps') return `${short(value)} /s`
  return short(value)
}

/** Values of stacked lines stand on those of the lines before. */
const stacked = (lines: readonly Line[]): readonly Line[] => {
  const below: number[] = []
  return lines.map((line) => ({
    ...line,
    values: line.values.map((value, at) => {
      below[at] = (below[at] ?? 0) + (value ?? 0)
      return below[at]
    }),
  }))
}

const curve = (values: Line['values'], most: number, width: number, height: number): string => {
  let pen = 'M'
  const points = values.flatMap((value, at) => {
    if (value === null) {
      pen = 'M'
      return []
    }
    const point = `${pen}${((at / Math.max(1, values.length - 1)) * width).toFixed(1)} ${(height - (value / most) * height).toFixed(1)}`
    pen = 'L'
    return [point]
  })
  return points.join('')
}

const drawLines = (lines: readonly Line[], unit: string, isStacked: boolean, width: number, height: number): string => {
  const drawn = isStacked ? stacked(lines) : lines
  const most = Math.max(...drawn.flatMap(({ values }) => values.map((value) => value ?? 0)), 0) * 1.05 || 1
  const grid = [0, 0.5, 1].map((share) => {
    const y = height - share * height
    return `<line x1="0" x2="${width}" y1="${y}" y2="${y}" stroke="#ddd"/><text x="2" y="${Math.max(9, y - 2)}">${inUnit(most * share, unit)}</text>`
  })
  const paths = drawn.map(
    ({ values }, index) =>
      `<path d="${curve(values, most, width, height)}" fill="none" stroke="${COLOURS[index % COLOURS.length]}" stroke-width="1.5"/>`,
  )
  const legend = lines
    .slice(0, 8)
    .map(({ name }, index) => `<i style="color:${COLOURS[index % COLOURS.length]}">━ ${escaped(name)}</i>`)
  const more = lines.length > 8 ? `<i>and ${lines.length - 8} more</i>` : ''
  return `<svg width="${width}" height="${height}">${grid.join('')}${paths.join('')}</svg><p>${legend.join(' ')} ${more}</p>`
}

/** The panels of a dashboard where Grafana would put them, each with its lines; those that have none say so. */
export const drawPanels = (drawings: readonly (readonly [Panel, readonly Line[]])[], caption: string): string => {
  const boxes = drawings.map(([{ type, title, gridPos, fieldConfig }, lines]) => {
    const [width, height] = [(gridPos.w / 24) * WIDTH, gridPos.h * ROW]
    const place = `left:${(gridPos.x / 24) * WIDTH}px;top:${gridPos.y * ROW}px;width:${width}px;height:${height}px`
    if (type === 'row') return `<h2 style="${place}">${escaped(title)}</h2>`
    const { unit = 'none', custom } = fieldConfig?.defaults ?? {}
    const last = lines[0]?.values.at(-1) ?? null
    const content =
      lines.length === 0
        ? '<em>no data in this run</em>'
        : type === 'stat'
          ? `<strong>${last === null ? '–' : inUnit(last, unit)}</strong>`
          : drawLines(lines, unit, custom?.stacking.mode === 'normal', width - 26, height - 84)
    return `<section style="${place}"><div><h3>${escaped(title)}</h3>${content}</div></section>`
  })
  const bottom = Math.max(...drawings.map(([{ gridPos }]) => gridPos.y + gridPos.h)) * ROW
  return `<!doctype html><meta charset="utf-8"><style>
body { margin: 0; width: ${WIDTH}px; font: 11px sans-serif; background: #f4f5f5; color: #222 }
main { position: relative; height: ${bottom}px } main > * { position: absolute; box-sizing: border-box; margin: 0; padding: 3px }
header { padding: 6px 8px } h1 { font-size: 16px; margin: 0 } h2 { font-size: 14px; padding: 8px 6px } h3 { font-size: 12px; margin: 0 0 4px }
section div { background: #fff; border: 1px solid #ddd; height: 100%; box-sizing: border-box; padding: 6px 8px; overflow: hidden }
strong { font-size: 26px; font-weight: 600 } svg text { font-size: 9px; fill: #777 } p { margin: 2px 0; line-height: 13px } i { font-style: normal; margin-right: 6px } em { color: #888 }
</style><header><h1>kyc-ledger</h1>${escaped(caption)}</header><main>${boxes.join('')}</main>`
}
