import type { Metric, Registry } from 'prom-client'

/** Adds one thing that took so many seconds. */
export type Observe = (seconds: number) => void

/** One series of a histogram: how many lie in each bucket and not in the one before, the last one without an end. */
interface Series {
  readonly labels: Readonly<Record<string, string>>
  readonly counts: Float64Array
  sum: number
}

/** What a histogram shows is put together when it is asked for. */
interface Shown {
  readonly metricName: string
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
}

const shown = (name: string, bounds: readonly number[], { labels, counts, sum }: Series): readonly Shown[] => {
  let count = 0
  const buckets = Array.from(counts, (own, bucket): Shown => {
    count += own
    return { metricName: `${name}_bucket`, labels: { le: bounds[bucket] ?? '+Inf', ...labels }, value: count }
  })
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ]
}

/**
 * A histogram that is shown as one of prom-client, whose own makes several objects and a text of each thing that is observed: with
 * three for each delivery, 2 % of what it costs the main thread. Gives what adds to the series of some labels, which is there from then on.
 */
export const histogramIn = (
  registry: Registry,
  name: string,
  help: string,
  bounds: readonly number[],
): ((labels?: Readonly<Record<string, string>>) => Observe) => {
  const all: Series[] = []
  const metric = {
    name,
    get: async () => ({
      name,
      help,
      type: 'histogram',
      aggregator: 'sum',
      values: all.flatMap((series) => shown(name, bounds, series)),
    }),
  }
  registry.registerMetric(metric as unknown as Metric)
  return (labels = {}) => {
    const series: Series = { labels, counts: new Float64Array(bounds.length + 1), sum: 0 }
    all.push(series)
    return (seconds) => {
      let bucket = 0
      while (bucket < bounds.length && seconds > (bounds[bucket] as number)) bucket += 1
      series.counts[bucket] = (series.counts[bucket] as number) + 1
      series.sum += seconds
    }
  }
}
