import { type Server, startServer } from '../processes.ts'

/** Users of the provider, by ascending id. */
export interface ProviderJob {
  readonly users: number
  readonly firstUser: number
}

/** Requests so far: about one user each, and pages; and how many of either were for what had been asked for before. */
export interface HeardSoFar {
  readonly users: number
  readonly usersTwice: number
  readonly pages: number
  readonly pagesTwice: number
}

export interface ProviderProcess extends Pick<Server, 'stop'> {
  /** What a service is given so that it asks there. */
  readonly environment: Readonly<Record<string, string>>
  readonly heard: () => Promise<HeardSoFar>
}

/** See `provider.ts`. */
export const startProvider = async (job: ProviderJob): Promise<ProviderProcess> => {
  const { url, stop } = await startServer({
    file: new URL('./provider.ts', import.meta.url),
    args: [JSON.stringify(job)],
  })
  const told = async <A>(path: string): Promise<A> => (await (await fetch(`${url}${path}`)).json()) as A
  return { stop, environment: await told('/environment'), heard: () => told('/heard') }
}
