// Loaded before all else (NODE_OPTIONS=--import=…), makes the fold throw over the events of the user in FAILING_USER, as
// a fault of this version would.
import { registerHooks } from 'node:module'

const BEGINS = 'export const evolveAll = (userId: UserId, readings: readonly Reading[]): KycState => {'

registerHooks({
  load: (url, context, nextLoad) => {
    const loaded = nextLoad(url, context)
    if (!url.endsWith('/domain/state/evolve.ts')) return loaded
    const source = String(loaded.source)
    if (!source.includes(BEGINS)) throw new Error('evolveAll is not where it was')
    const fault = `if (userId === process.env.FAILING_USER) throw new RangeError('Invalid time value of ' + userId)`
    return { ...loaded, source: source.replace(BEGINS, `${BEGINS}\n${fault}\n`) }
  },
})
