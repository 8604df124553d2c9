using System.Globalization;
using System.Text;

namespace Rota.Web.Console.Parts;

/// <summary>Text of jobs as it may be shown: what would hide, reorder or colour is made visible, what is endless is
/// cut.</summary>
/// <remarks>Markup is no matter here: Razor encodes, and the script (log.js, by the same rule) writes text only.
/// </remarks>
public static class VisibleText
{
    /// <param name="max">Characters; what is over is left out with a note.</param>
    public static string Of(string text, int max)
    {
        var cut = text.Length > max ? text[..max] : text;
        var shown = new StringBuilder(cut.Length);
        for (var at = 0; at < cut.Length; at++)
        {
            if (cut[at] == '\x1b' && EndOfSequence(cut, at) is var end and > 0)
                at = end;
            else
                Append(shown, cut[at]);
        }
        if (text.Length > max)
            shown.Append(CultureInfo.InvariantCulture, $"… ({text.Length - max:N0} more characters)");
        return shown.ToString();
    }

    // ECMA-48: ESC [ parameters and a final byte, of colours and of the cursor. 0 where it is none.
    private static int EndOfSequence(string text, int at)
    {
        if (at + 1 >= text.Length || text[at + 1] != '[')
            return 0;
        for (var end = at + 2; end < text.Length; end++)
        {
            if (text[end] is >= '@' and <= '~')
                return end;
            if (text[end] is < ' ' or > '?')
                return 0;
        }
        return 0;
    }

    private static void Append(StringBuilder shown, char character)
    {
        if (character is '\n' or '\t')
            shown.Append(character);
        else if (character < ' ')
            shown.Append((char)('␀' + character));
        else if (character is '\x7f' || IsHidden(character))
            shown.Append(CultureInfo.InvariantCulture, $"<U+{(int)character:X4}>");
        else
            shown.Append(character);
    }

    // C1 controls, marks of direction (Trojan Source, CVE-2021-42574), and spaces without width.
    private static bool IsHidden(char character) => character is (>= '\x80' and <= '\x9f') or '\u061c' or '\ufeff'
        or (>= '\u200b' and <= '\u200f') or (>= '\u2028' and <= '\u202e') or (>= '\u2060' and <= '\u2069');
}
