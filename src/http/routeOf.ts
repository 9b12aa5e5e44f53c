import type { IncomingMessage, ServerResponse } from 'node:http'

const templates = new Map<string, string>()

/** `/users/:userId/kyc` as it is told of: `/users/{userId}/kyc`. */
const asTemplate = (pattern: string): string => {
  const known = templates.get(pattern)
  if (known !== undefined) return known
  const template = pattern.replaceAll(/[:*](\w+)/g, '{$1}')
  templates.set(pattern, template)
  return template
}

/**
 * The pattern of the route that answered, whoever was asked about; `null` where there is nothing at the path. Known once the answer is
 * there.
 */
export const routeOf = (req: IncomingMessage): string | null => {
  const { route } = req as IncomingMessage & { readonly route?: { readonly path?: unknown } }
  return typeof route?.path === 'string' ? asTemplate(route.path) : null
}

/** Server-sent events have no end of their own: whoever follows leaves. */
export const hasNoEnd = (res: ServerResponse): boolean =>
  String(res.getHeader('content-type')).startsWith('text/event-stream')
