import { readFileSync } from 'node:fs'

interface Target {
  readonly expr: string
  readonly legendFormat: string
}

export interface Panel {
  readonly type: 'row' | 'stat' | 'timeseries'
  readonly title: string
  readonly targets?: readonly Target[]
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly fieldConfig?: {
    readonly defaults: { readonly unit: string; readonly custom?: { readonly stacking: { readonly mode: string } } }
  }
}

export interface Dashboard {
  readonly panels: readonly Panel[]
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly query: unknown }[]
  }
}

/** The dashboard as it is given to Grafana. */
export const readDashboard = (): Dashboard =>
  JSON.parse(readFileSync(new URL('../../../deploy/grafana/kyc-ledger.json', import.meta.url), 'utf8'))

/** Every query of its panels. */
export const queriesOf = ({ panels }: Dashboard): readonly string[] =>
  panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
