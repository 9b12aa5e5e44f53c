import { Counter, Gauge, type Registry } from './prometheus.ts'

/** A gauge whose value is asked for at each scrape; `null` where it cannot be told: then the series is not there. */
export const gaugeOf = (registry: Registry, name: string, help: string, value: () => number | null): void => {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      const now = value()
      if (now === null) this.remove()
      else this.set(now)
    },
  })
}

/** A gauge with a series for each value of its label; none while that cannot be told. */
export const gaugesOf = <Label extends string>(
  registry: Registry,
  { name, help, label }: { readonly name: string; readonly help: string; readonly label: Label },
  values: () => Readonly<Record<string, number>> | null | Promise<Readonly<Record<string, number>> | null>,
): void => {
  new Gauge({
    name,
    help,
    labelNames: [label],
    registers: [registry],
    async collect() {
      const now = await values()
      this.reset()
      for (const [one, value] of Object.entries(now ?? {})) this.set({ [label]: one } as Record<Label, string>, value)
    },
  })
}

/** A counter that is kept elsewhere. */
export const counterOf = (registry: Registry, name: string, help: string, value: () => number): void => {
  new Counter({
    name,
    help,
    registers: [registry],
    collect() {
      this.reset()
      this.inc(value())
    },
  })
}
