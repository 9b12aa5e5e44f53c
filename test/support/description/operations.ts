import type { Answer, Method, Operation } from '../../../src/http/description/openApi.ts'
import { DOCUMENT } from '../../../src/http/openapi/document.ts'

/** The path of the description that a request asked for. */
export interface Asked {
  /** As it stands in the description: `/users/{userId}/kyc`. */
  readonly path: string
  readonly methods: readonly Method[]
}

const literal = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** `{path}` alone holds slashes. */
const templates = Object.entries(DOCUMENT.paths).map(([path, item]) => ({
  path,
  methods: Object.keys(item) as Method[],
  pattern: new RegExp(
    `^${path
      .split(/(\{\w+\})/)
      .map((part) => (part === '{path}' ? '.+' : part.startsWith('{') ? '[^/]+' : literal(part)))
      .join('')}/?$`,
    'i',
  ),
}))

/** `null`: nothing of the description is there. Of two the one with fewer parameters. */
export const askedFor = (pathname: string): Asked | null =>
  templates
    .filter(({ pattern }) => pattern.test(pathname))
    .sort((a, b) => a.path.split('{').length - b.path.split('{').length)[0] ?? null

export const operationOf = (path: string, method: Method): Operation | undefined => DOCUMENT.paths[path]?.[method]

/** What an operation answers with a status, or `default`, and where that stands in the description. */
export const answerIn = ({
  path,
  method,
  status,
}: {
  readonly path: string
  readonly method: Method
  readonly status: string
}): { readonly answer: Answer; readonly pointer: readonly string[] } | null => {
  const described = operationOf(path, method)?.responses[status]
  if (described === undefined) return null
  if (!('$ref' in described)) return { answer: described, pointer: ['paths', path, method, 'responses', status] }
  const name = described.$ref.split('/').at(-1) ?? ''
  const answer = DOCUMENT.components.responses[name]
  if (answer === undefined) throw new Error(`the description has no ${described.$ref}`)
  return { answer, pointer: ['components', 'responses', name] }
}
