import { type Beside, NOTHING_BESIDE, newDirectory, type Server, startServer } from '../processes.ts'

/** How far a delivery comes before it is answered: each step with all before it, but for `kept`, which is verified and whose text is fsynced, and no more. */
export type Step = 'read' | 'verified' | 'kept' | 'understood' | 'decided' | 'appended'

/** The service's own, as `package.json` has them. */
export const FLAGS = ['--max-semi-space-size=16', '--heap-growing-percent=50', '--expose-gc']

/** As the service is started. */
export const started = ({ nodeOptions, env }: Beside = NOTHING_BESIDE) => ({
  nodeOptions: [...FLAGS, ...nodeOptions],
  env: { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '1048576', MALLOC_TRIM_THRESHOLD_: '1048576', ...env },
})

/** See `server.ts`; its files are gone with the end of the bench. */
export const startStep = (step: Step, beside?: Beside): Promise<Server> =>
  startServer({ file: new URL('./server.ts', import.meta.url), args: [step, newDirectory()], ...started(beside) })

/** See `node.ts`. */
export const startNode = (): Promise<Server> =>
  startServer({ file: new URL('./node.ts', import.meta.url), ...started() })

/** See `once/server.ts`; what it holds stays in `directory`. */
export interface Once extends Server {
  readonly directory: string
}

export const startOnce = async (rows: 'together' | 'each', beside?: Beside): Promise<Once> => {
  const directory = newDirectory()
  const file = new URL('./once/server.ts', import.meta.url)
  return { ...(await startServer({ file, args: [directory, rows], ...started(beside) })), directory }
}
