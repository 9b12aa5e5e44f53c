/**
 * As much of OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.1) as the description of this service uses. Schemas are those of
 * JSON Schema 2020-12.
 */
export interface OpenApi {
  readonly openapi: '3.1.1'
  readonly info: {
    readonly title: string
    readonly summary: string
    readonly description: string
    readonly version: string
    readonly license: { readonly name: string; readonly identifier: string }
  }
  readonly tags: readonly Tag[]
  readonly servers: readonly { readonly url: string; readonly description: string }[]
  readonly paths: Paths
  readonly components: {
    readonly schemas: Schemas
    readonly headers: Readonly<Record<string, Header>>
    readonly responses: Readonly<Record<string, Answer>>
    readonly securitySchemes: Readonly<Record<string, SecurityScheme>>
  }
}

export interface Tag {
  readonly name: string
  readonly description: string
}

/** Paths with their operations; `{name}` is a parameter. */
export type Paths = Readonly<Record<string, PathItem>>

export type Method = 'get' | 'post'

export type PathItem = Readonly<Partial<Record<Method, Operation>>>

export interface Operation {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  readonly description?: string
  readonly parameters: readonly AskedParameter[]
  readonly requestBody?: { readonly required: boolean; readonly description?: string; readonly content: Content }
  readonly responses: Responses
  /** Each is one way of being let in; a scheme has the scopes that it needs. */
  readonly security: readonly Readonly<Record<string, readonly string[]>>[]
}

export interface AskedParameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly description?: string
  readonly schema: Schema
  readonly example?: unknown
}

/** By the status, or `default`. */
export type Responses = Readonly<Record<string, Answer | Reference>>

export interface Answer {
  readonly description: string
  readonly headers?: Readonly<Record<string, Header | Reference>>
  readonly content?: Content
}

/** By the media type. */
export type Content = Readonly<Record<string, Media>>

export interface Media {
  readonly schema: Schema
  readonly example?: unknown
  /** Of what comes in lines or as server-sent events: what each holds (`itemSchema` of OpenAPI 3.2). */
  readonly 'x-itemSchema'?: Schema
}

export interface Header {
  readonly description: string
  readonly required: boolean
  readonly schema: Schema
}

export interface Reference {
  readonly $ref: string
}

interface SecurityScheme {
  readonly type: 'http'
  readonly scheme: 'bearer'
  readonly bearerFormat?: 'JWT'
  readonly description: string
}

export type Schemas = Readonly<Record<string, Schema>>

type TypeName = 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean' | 'null'

export interface Schema {
  readonly $ref?: string
  readonly type?: TypeName | readonly TypeName[]
  readonly description?: string
  readonly format?: string
  readonly pattern?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly default?: unknown
  readonly examples?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly properties?: Schemas
  readonly required?: readonly string[]
  readonly additionalProperties?: Schema | boolean
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
}
