export function problemsOf(path: string, source: string): string[];
