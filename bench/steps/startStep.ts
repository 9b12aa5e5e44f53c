import { newDirectory, type Server, startServer } from '../processes.ts'

/** How far a delivery comes before it is answered: each step with all before it, but for `kept`, which is verified and whose text is fsynced, and no more. */
export type Step = 'read' | 'verified' | 'kept' | 'understood' | 'decided' | 'appended'

/** As the service is started. */
const STARTED = {
  nodeOptions: ['--max-semi-space-size=16', '--expose-gc'],
  env: { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '1048576', MALLOC_TRIM_THRESHOLD_: '1048576' },
}

/** See `server.ts`; its files are gone with the end of the bench. */
export const startStep = (step: Step): Promise<Server> =>
  startServer({ file: new URL('./server.ts', import.meta.url), args: [step, newDirectory()], ...STARTED })

/** See `node.ts`. */
export const startNode = (): Promise<Server> => startServer({ file: new URL('./node.ts', import.meta.url), ...STARTED })

/** See `once/server.ts`; what it holds stays in `directory`. */
export interface Once extends Server {
  readonly directory: string
}

export const startOnce = async (rows: 'together' | 'each'): Promise<Once> => {
  const directory = newDirectory()
  const file = new URL('./once/server.ts', import.meta.url)
  return { ...(await startServer({ file, args: [directory, rows], ...STARTED })), directory }
}
