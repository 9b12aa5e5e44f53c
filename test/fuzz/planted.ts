// Loaded before all else (NODE_OPTIONS=--import=…), plants the faults named in PLANTED, as a careless change would.
import { registerHooks } from 'node:module'

interface Change {
  readonly file: string
  readonly is: string
  readonly becomes: string
}

const FAULTS: ReadonlyMap<string, readonly Change[]> = new Map([
  ['dates', [{ file: '/domain/instant.ts', is: '!isWritable(milliseconds) || ', becomes: '' }]],
  [
    'echoes',
    [
      { file: '/domain/state/machine.ts', is: 'isEcho: ({ event }) => event.echo', becomes: 'isEcho: () => false' },
      { file: '/domain/state/move.ts', is: '!(isEcho && isSuccess(says))', becomes: 'true' },
    ],
  ],
  ['refusals', [{ file: '/domain/treezor/user.ts', is: "3: 'refused'", becomes: "3: 'validated'" }]],
  [
    'answers',
    [{ file: '/src/ingest/receiveDelivery.ts', is: '[one.standing]', becomes: '[{ ...one.standing, revision: 99 }]' }],
  ],
  [
    'repeats',
    [{ file: '/domain/event/recognition.ts', is: 'if (known !== undefined)', becomes: 'if (known === null)' }],
  ],
  ['journal', [{ file: '/src/journal/writing.ts', is: 'keep.get(row) ?? null', becomes: '({ id: 1, times: 2 })' }]],
  ['contradictions', [{ file: '/domain/treezor/kyc.ts', is: 'isSuccess(decided.says) && !agrees', becomes: 'false' }]],
])

const planted = (process.env['PLANTED'] ?? '').split(',').flatMap((name) => FAULTS.get(name) ?? [])

registerHooks({
  load: (url, context, next) => {
    const loaded = next(url, context)
    const changes = planted.filter(({ file }) => url.replace(/\?.*/, '').endsWith(file))
    if (changes.length === 0) return loaded
    let source = String(loaded.source)
    for (const { file, is, becomes } of changes) {
      if (!source.includes(is)) throw new Error(`${file} has nothing to replace any more: ${is}`)
      source = source.replace(is, becomes)
    }
    return { ...loaded, source }
  },
})
