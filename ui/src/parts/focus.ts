import { tick } from 'svelte';

/** Puts the focus on the first field that lacks something, once it is marked. */
export async function focusInvalid(form: HTMLElement): Promise<void> {
  await tick();
  form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
}
