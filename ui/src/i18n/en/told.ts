/** The engine says these itself, in English, with figures and addresses. */
export const told = { told: {} as Record<string, string>, advice: {} as Record<string, string> };
