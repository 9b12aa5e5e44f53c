// Loaded before all else (NODE_OPTIONS=--import=…), makes the fold throw over the events of the user in FAILING_USER, as
// a fault of this version would.
import { registerHooks } from 'node:module'

const BEGINS = [
  'export const evolveAll = (userId: UserId, readings: readonly Reading[]): KycState => {',
  'export function* evolvingAll(userId: UserId, readings: readonly Reading[]): Generator<null, KycState> {',
]

registerHooks({
  load: (url, context, nextLoad) => {
    const loaded = nextLoad(url, context)
    if (!url.endsWith('/domain/state/evolve.ts')) return loaded
    const fault = `if (userId === process.env.FAILING_USER) throw new RangeError('Invalid time value of ' + userId)`
    const source = BEGINS.reduce((text, begins) => {
      if (!text.includes(begins)) throw new Error('a fold is not where it was')
      return text.replace(begins, `${begins}\n${fault}\n`)
    }, String(loaded.source))
    return { ...loaded, source }
  },
})
