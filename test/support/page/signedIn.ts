import { createHash } from 'node:crypto'
import { expect } from 'chai'
import type { OwnService } from '../service/service.ts'

type Headers = Readonly<Record<string, string>>

/** What a browser asks with when it goes somewhere. */
export const HTML: Headers = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' }

/** One entry of `API_KEYS`: the key of this name is `key-of-<name>`. */
export const apiKey = (name: string, ...scopes: readonly string[]): string =>
  `${name}:${scopes.join('+')}:${createHash('sha256').update(`key-of-${name}`).digest('hex')}`

/** Sends a form as a page of the service itself does, and shows a redirection instead of following it. */
export const sendForm = (
  { url }: Pick<OwnService, 'url'>,
  path: string,
  fields: Readonly<Record<string, string>>,
  headers: Headers = {},
): Promise<Response> =>
  fetch(`${url}${path}`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams(fields),
    headers: { ...HTML, origin: url, ...headers },
  })

/** Signs in with the key of this name, and gives the headers that the browser then asks with. */
export const signIn = async (service: Pick<OwnService, 'url'>, name: string): Promise<Headers> => {
  const response = await sendForm(service, '/sign-in', { key: `key-of-${name}` })
  await response.arrayBuffer()
  expect(response.status).to.equal(303)
  const cookie = response.headers.get('set-cookie')?.split(';')[0]
  if (cookie === undefined) throw new Error('no cookie was set')
  return { ...HTML, cookie }
}

/** What the forms of a page that was sent hold as their token. */
export const tokenOn = (page: string): string => /name="token" value="([^"]+)"/.exec(page)?.[1] ?? ''
