import type { Dispatcher } from 'undici'

let by: Dispatcher | null = null

const patient = async (): Promise<Dispatcher> => {
  const { Agent } = await import('undici')
  by ??= new Agent({ headersTimeout: 0, bodyTimeout: 0 })
  return by
}

/**
 * `fetch` that waits for an answer as long as it takes: Node's gives up where no byte comes for five minutes, and some answers are worked
 * out whole before they begin. A host that is gone ends it all the same: the system asks over a connection on which nothing comes.
 */
export const fetchPatiently = async (url: string, asked: RequestInit): Promise<Response> =>
  fetch(url, { ...asked, dispatcher: (await patient()) as never })
