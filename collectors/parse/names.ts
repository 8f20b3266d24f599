/** A name as part of a source's id: letters, digits, `.`, `_`, `-`; anything else becomes `_`. */
export const idPart = (name: string): string => name.replaceAll(/[^A-Za-z0-9._-]/g, '_')
