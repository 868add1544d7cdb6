import './locale';

// By a later import, so that no library is evaluated before the locale is mended.
void import('./start').then(({ start }) => start(document.getElementById('app')!));
