import { registerHooks } from 'node:module'
import type { fold } from '../../domain/state/fold.ts'

const OF_MACHINE = '?machine'
const FOLD = new URL('../../domain/state/fold.ts', import.meta.url).href

registerHooks({
  resolve: (specifier, context, next) => {
    const resolved = next(specifier, context)
    const isOfDomain = context.parentURL?.endsWith(OF_MACHINE) === true && resolved.url.includes('/domain/')
    return isOfDomain && !resolved.url.endsWith(OF_MACHINE)
      ? { ...resolved, url: `${resolved.url}${OF_MACHINE}` }
      : resolved
  },
  load: (url, context, next) => {
    const loaded = next(url, context)
    if (!url.endsWith(`/transitionTable.ts${OF_MACHINE}`)) return loaded
    const source = String(loaded.source)
    if (!source.includes('export const step = ')) throw new Error('step is not where it was')
    return {
      ...loaded,
      source: `${source.replace('export const step = ', 'const tabled = ')}\nexport { interpretStep as step }`,
    }
  },
})

/** The fold of a second copy of the domain, of which each move is asked of the XState machine itself instead of the table. */
export const foldByMachine = ((await import(`${FOLD}${OF_MACHINE}`)) as { readonly fold: typeof fold }).fold
