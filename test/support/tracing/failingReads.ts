// Loaded before all else (NODE_OPTIONS=--import=…), makes the service fail at whoever asks for `failing.localhost`, with an error whose message
// holds personal data.
import { registerHooks } from 'node:module'

const BEGINS = 'export const isNamedHere = ({ headers: { host } }: IncomingMessage): boolean => {'

registerHooks({
  load: (url, context, nextLoad) => {
    const loaded = nextLoad(url, context)
    if (!url.endsWith('/src/http/namedHere.ts')) return loaded
    const source = String(loaded.source)
    if (!source.includes(BEGINS)) throw new Error('isNamedHere is not where it was')
    const fault = `if (host === 'failing.localhost') throw new RangeError('4711, Jeanne Dupont, born on 1970-01-01')`
    return { ...loaded, source: source.replace(BEGINS, `${BEGINS}\n${fault}\n`) }
  },
})
