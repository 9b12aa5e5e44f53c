import { createRequire } from 'node:module'
import type * as Client from 'prom-client'

const load = createRequire(import.meta.url)

// Of prom-client what is used here, file by file: by its front door come a push gateway, quantiles, what adds up clusters and, with its metrics of the process, the API of
// OpenTelemetry, 60 files that a start would wait for.

export const Counter = load('prom-client/lib/counter') as typeof Client.Counter
export type Counter<Label extends string = string> = Client.Counter<Label>

export const Gauge = load('prom-client/lib/gauge') as typeof Client.Gauge
export type Gauge<Label extends string = string> = Client.Gauge<Label>

export const Histogram = load('prom-client/lib/histogram') as typeof Client.Histogram

export const Registry = load('prom-client/lib/registry') as typeof Client.Registry
export type Registry = Client.Registry

/** Its metrics of the process. */
export const defaultMetrics = (): typeof Client.collectDefaultMetrics =>
  load('prom-client/lib/defaultMetrics') as typeof Client.collectDefaultMetrics
