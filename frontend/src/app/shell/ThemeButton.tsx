import { IconButton } from '@/components/ui/Button';
import { Icon } from '@/components/ui/Icon';
import { THEMES, useTheme } from '@/lib/theme';

const ICONS = { system: 'system', light: 'sun', dark: 'moon' } as const;

/** Cycles through the themes. */
export function ThemeButton() {
  const [theme, choose] = useTheme();
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system';
  return (
    <IconButton label={`Theme: ${theme}. Switch to ${next}`} onClick={() => choose(next)}>
      <Icon name={ICONS[theme]} />
    </IconButton>
  );
}
