using System.Text.RegularExpressions;
using Rota.Secrets;

namespace Rota.Web.Supervisors;

/// <summary>A command line fit to be shown: what is given to options and variables whose names tell of a secret is
/// masked, and so are users and passwords in addresses.</summary>
/// <remarks>The names are those of <see cref="JsonMask.IsTelling"/>: <c>--api-token=X</c>, <c>--password X</c>,
/// <c>DB_PASSWORD=X</c>, also within a command of a shell. A value whose name tells nothing, such as <c>-pX</c>, is
/// shown.</remarks>
internal static partial class CommandMask
{
    private const RegexOptions Linear = RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture;

    public static string Of(string command)
    {
        var isValue = false;
        var masked = Word().Replace(command, match =>
        {
            var word = match.Value;
            var wasValue = isValue && !word.StartsWith("--", StringComparison.Ordinal);
            isValue = word.StartsWith('-') && !word.Contains('=') && JsonMask.IsTelling(word);
            return wasValue ? Redactor.Mark : OfWord(word);
        });
        return User().Replace(masked, match => $"{match.Groups["scheme"].Value}{Redactor.Mark}@");
    }

    private static string OfWord(string word)
    {
        if (word.Length >= 2 && word[0] is '\'' or '"' && word[^1] == word[0])
            return $"{word[0]}{Of(word[1..^1])}{word[0]}";
        for (var (start, sign) = (0, word.IndexOf('=')); sign >= 0; (start, sign) = (sign, word.IndexOf('=', sign + 1)))
        {
            if (JsonMask.IsTelling(word[start..sign]))
                return word[..(sign + 1)] + Redactor.Mark;
        }
        return word;
    }

    // What a shell takes for one word.
    [GeneratedRegex("""([^\s'"]|'[^']*'|"[^"]*")+""", Linear)]
    private static partial Regex Word();

    [GeneratedRegex("""(?<scheme>[A-Za-z][\w+.-]*://)[^\s/@'"]+@""", Linear)]
    private static partial Regex User();
}
