import type { IncomingMessage } from 'node:http'
import type { Response } from 'express'
import { SESSION_SECONDS } from './sessions.ts'

/** Whether the browser asked by https, of this process or of what stands in front of it. */
const isSecure = ({ headers, socket }: IncomingMessage): boolean =>
  'encrypted' in socket ||
  String(headers['x-forwarded-proto'] ?? '')
    .split(',')[0]
    ?.trim() === 'https'

/** By https it has a name that no other host and no plain http can set (`__Host-`, RFC 6265bis, 4.1.3.2). */
const nameOf = (req: IncomingMessage): string => (isSecure(req) ? '__Host-kyc-session' : 'kyc-session')

/**
 * The token of a session that a request carries. None where there are two: by plain http another service of this host can set one of the
 * same name for a longer path, which comes first, and would have somebody look under another's name (RFC 6265, 8.6).
 */
export const tokenIn = (req: IncomingMessage): string | null => {
  const { cookie } = req.headers
  if (cookie === undefined) return null
  const begin = `${nameOf(req)}=`
  const [found, another] = cookie
    .split(';')
    .map((one) => one.trim())
    .filter((one) => one.startsWith(begin))
  return found === undefined || another !== undefined ? null : found.slice(begin.length)
}

const set = (res: Response, token: string, seconds: number): void => {
  const attributes = `Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${isSecure(res.req) ? '; Secure' : ''}`
  res.append('Set-Cookie', `${nameOf(res.req)}=${token}; ${attributes}`)
}

export const giveToken = (res: Response, token: string): void => set(res, token, SESSION_SECONDS)
export const takeToken = (res: Response): void => set(res, '', 0)
