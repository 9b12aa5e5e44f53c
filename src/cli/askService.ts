import { readFileSync } from 'node:fs'
import { tellRefusal } from './tellRefusal.ts'

/** Where the running service listens, and the file that holds an API key. */
export interface Asked {
  readonly url: string
  readonly keyFile: string
}

/** Where the service of this environment listens, where nothing else is said. */
export const serviceUrl = (environment: Readonly<Record<string, string | undefined>>): string =>
  environment['KYC_URL'] || `http://127.0.0.1:${environment['PORT'] || '3000'}`

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

/**
 * Posts JSON to the running service, with the key in the file. Gives the JSON of its answer; throws an `Error` that says what it answered
 * instead, or that it did not.
 */
export const postToService = async ({ url, keyFile }: Asked, path: string, body: object): Promise<unknown> => {
  if (!isAddress(url))
    throw new Error('the address of the service (--url, KYC_URL) must read like https://kyc.example.com')
  const headers = { authorization: `Bearer ${keyIn(keyFile)}`, 'content-type': 'application/json' }
  const response = await fetch(`${url.replace(/\/+$/, '')}${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  }).catch((cause: unknown) => {
    throw new Error('the service does not answer; start it, or set --url to where it listens', { cause })
  })
  const text = await response.text()
  if (!response.ok) throw new Error(tellRefusal(response.status, text))
  return jsonOf(text)
}
