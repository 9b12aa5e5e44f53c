import { readFileSync } from 'node:fs'
import { fetchPatiently } from './fetchPatiently.ts'
import { tellRefusal } from './tellRefusal.ts'

/** Where the running service listens, and the file that holds an API key. */
export interface Asked {
  readonly url: string
  readonly keyFile: string
}

type Environment = Readonly<Record<string, string | undefined>>

/** Where the service of this environment listens, where nothing else is said. */
export const serviceUrl = (environment: Environment): string =>
  environment['KYC_URL'] || `http://127.0.0.1:${environment['PORT'] || '3000'}`

/** The API key of this environment, as it is sent along; nothing where there is none. */
export const keyHeaders = ({ KYC_API_KEY: key }: Environment): Record<string, string> =>
  key === undefined || key === '' ? {} : { authorization: `Bearer ${key}` }

const isAddress = (url: string): boolean => ['http:', 'https:'].includes(URL.parse(url)?.protocol ?? '')

/** Throws where the file cannot be read, or holds what cannot be one key. */
const keyIn = (file: string): string => {
  let key: string
  try {
    key = readFileSync(file, 'utf8').trim()
  } catch {
    throw new Error(`the key file ${file} cannot be read`)
  }
  if (!/^[!-~]+$/.test(key))
    throw new Error(`the key file ${file} must hold one API key and nothing else, in one line of ASCII`)
  return key
}

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('what answers there is not the service: check --url')
  }
}

/** `body`: what is posted; `null`: nothing is, it is only asked. */
const ask = async (
  { url, keyFile }: Asked,
  path: string,
  body: object | null,
  signal?: AbortSignal,
): Promise<Response> => {
  if (!isAddress(url))
    throw new Error('the address of the service (--url, KYC_URL) must read like https://kyc.example.com')
  const authorization = `Bearer ${keyIn(keyFile)}`
  const response = await fetchPatiently(`${url.replace(/\/+$/, '')}${path}`, {
    ...(body === null
      ? { headers: { authorization } }
      : {
          method: 'POST',
          headers: { authorization, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
    ...(signal === undefined ? {} : { signal }),
  }).catch((cause: unknown) => {
    throw new Error('the service does not answer; start it, or set --url to where it listens', { cause })
  })
  if (!response.ok) throw new Error(tellRefusal(response.status, await response.text()))
  return response
}

/**
 * Posts JSON to the running service, with the key in the file. Gives the JSON of its answer; throws an `Error` that says what it answered
 * instead, or that it did not.
 */
export const postToService = async (at: Asked, path: string, body: object): Promise<unknown> =>
  jsonOf(await (await ask(at, path, body)).text())

/** The same of what is only asked. */
export const getFromService = async (at: Asked, path: string): Promise<unknown> =>
  jsonOf(await (await ask(at, path, null)).text())

/** The same of an answer in lines (NDJSON), each as soon as it is there; throws where that breaks off. */
export async function* linesOfService(
  at: Asked,
  path: string,
  body: object,
  signal: AbortSignal,
): AsyncGenerator<unknown> {
  const response = await ask(at, path, body, signal)
  let text = ''
  try {
    for await (const arrived of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const lines = (text + arrived).split('\n')
      text = lines.pop() ?? ''
      for (const line of lines) yield jsonOf(line)
    }
  } catch (cause) {
    throw new Error('the answer broke off', { cause })
  }
}
