using System.Text;

namespace Rota.Supervisor.Config;

/// <summary>Words as Python's shlex cuts them: commands as a shell would, and the pairs of `environment`.</summary>
internal static class ShellWords
{
    private const string Blanks = " \t\r\n";

    /// <summary>shlex.split: quotes and backslashes as in a shell, no comments, nothing expanded. Null where a quote
    /// stays open or a backslash is last.</summary>
    public static List<string>? Split(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var (inWord, quote) = (false, '\0');
        for (var index = 0; index < text.Length; index++)
        {
            var letter = text[index];
            if (letter == '\\' && quote != '\'')
            {
                if (++index == text.Length)
                    return null;
                // Within double quotes a backslash is itself unless it stands before a quote or a backslash.
                if (quote == '"' && text[index] is not ('"' or '\\'))
                    word.Append('\\');
                word.Append(text[index]);
                inWord = true;
            }
            else if (quote != '\0')
            {
                if (letter == quote)
                    quote = '\0';
                else
                    word.Append(letter);
            }
            else if (letter is '"' or '\'')
            {
                (inWord, quote) = (true, letter);
            }
            else if (!Blanks.Contains(letter))
            {
                word.Append(letter);
                inWord = true;
            }
            else if (inWord)
            {
                words.Add(word.ToString());
                word.Clear();
                inWord = false;
            }
        }
        if (quote != '\0')
            return null;
        if (inWord)
            words.Add(word.ToString());
        return words;
    }

    /// <summary>`KEY="value",KEY2=value2`: keys in the order of their first place, each with its last value.</summary>
    /// <exception cref="ValueException">The text is not that.</exception>
    public static ValueList<EnvironmentVariable> Pairs(string text)
    {
        var tokens = Tokens(text);
        var pairs = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        // The fourth token parts two pairs; as in supervisord, anything does.
        for (var index = 0; index < tokens.Count; index += 4)
        {
            if (index + 2 >= tokens.Count || tokens[index + 1] != "=")
                throw NotPairs($"ends or breaks off after {PythonText.Repr(tokens[index])}");
            pairs[tokens[index]] = tokens[index + 2].Trim('\'', '"');
        }
        return new([.. pairs.Select(pair => new EnvironmentVariable(pair.Key, pair.Value))]);
    }

    /// <summary>shlex without its posix mode: quotes stay in the token and end it; any other sign is a token of its
    /// own.</summary>
    private static List<string> Tokens(string text)
    {
        var tokens = new List<string>();
        for (var index = 0; index < text.Length;)
        {
            var start = index;
            var letter = text[index++];
            if (Blanks.Contains(letter))
                continue;
            if (letter == '#')
            {
                index = EndOfLine(text, index);
            }
            else if (letter is '"' or '\'')
            {
                var end = text.IndexOf(letter, index);
                if (end < 0)
                    throw NotPairs($"has no end of the quote at {PythonText.Repr(text[start..])}");
                tokens.Add(text[start..(index = end + 1)]);
            }
            else
            {
                tokens.Add(IsWord(letter) ? Word(text, start, ref index) : letter.ToString());
            }
        }
        return tokens;
    }

    private static string Word(string text, int start, ref int index)
    {
        var word = new StringBuilder().Append(text[start]);
        for (; index < text.Length; index++)
        {
            if (text[index] == '#')
                index = EndOfLine(text, index) - 1;
            else if (IsWord(text[index]) || text[index] is '"' or '\'')
                word.Append(text[index]);
            else
                break;
        }
        return word.ToString();
    }

    private static int EndOfLine(string text, int index) =>
        text.IndexOf('\n', index) is >= 0 and var end ? end + 1 : text.Length;

    private static bool IsWord(char letter) => char.IsAsciiLetterOrDigit(letter) || "_/.+-():".Contains(letter);

    private static ValueException NotPairs(string wrong) =>
        new(wrong, "write KEY=\"value\",KEY2=\"value2\", with quotes around values of more than letters and digits");
}
