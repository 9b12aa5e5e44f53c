import * as E from 'fp-ts/lib/Either.js'

/** Reads an address that is asked over HTTP; says in words what is wrong with it, and never repeats it: it may hold a secret. */
export const readHttpUrl = (text: string): E.Either<string, string> => {
  if (!URL.canParse(text)) return E.left('its URL cannot be read')
  const { protocol, username, password, hash } = new URL(text)
  if (protocol !== 'http:' && protocol !== 'https:') return E.left('its URL must be one of http or https')
  if (username !== '' || password !== '') return E.left('its URL holds credentials, which are not sent')
  return hash === '' ? E.right(text) : E.left('its URL has a fragment')
}
