namespace Rota.Supervisor.Config;

/// <summary>Reads a command line as Python's getopt does: options end at the first word that is none; long ones may be
/// shortened to what only one of them begins with.</summary>
internal static class GetOpt
{
    /// <param name="Short">One letter, or null.</param>
    /// <param name="Long">Without dashes, or null.</param>
    internal sealed record Option(char? Short, string? Long, bool TakesValue);

    /// <exception cref="UsageException">An option is unknown, lacks its value, or takes none.</exception>
    public static (List<(Option Option, string Written, string Value)> Options, List<string> Others) Read(
        IReadOnlyList<string> args, IReadOnlyList<Option> known)
    {
        var options = new List<(Option, string, string)>();
        var index = 0;
        while (index < args.Count && args[index] is ['-', _, ..] word)
        {
            index++;
            if (word == "--")
                break;
            if (word.StartsWith("--", StringComparison.Ordinal))
                options.Add(Long(word[2..], args, ref index, known));
            else
                options.AddRange(Short(word, args, ref index, known));
        }
        return (options, args.Skip(index).ToList());
    }

    private static (Option, string, string) Long(string word, IReadOnlyList<string> args, ref int index,
        IReadOnlyList<Option> known)
    {
        var equals = word.IndexOf('=');
        var name = equals < 0 ? word : word[..equals];
        var found = known.Where(option => option.Long?.StartsWith(name, StringComparison.Ordinal) is true).ToList();
        if (found.Count == 0)
            throw new UsageException($"option --{name} not recognized");
        if ((found.Find(option => option.Long == name) ?? (found.Count == 1 ? found[0] : null)) is not { } option)
            throw new UsageException($"option --{name} not a unique prefix");
        if (!option.TakesValue && equals >= 0)
            throw new UsageException($"option --{option.Long} must not have an argument");
        if (option.TakesValue && equals < 0 && index == args.Count)
            throw new UsageException($"option --{option.Long} requires argument");
        var value = equals >= 0 ? word[(equals + 1)..] : option.TakesValue ? args[index++] : "";
        return (option, $"--{option.Long}", value);
    }

    private static List<(Option, string, string)> Short(string word, IReadOnlyList<string> args, ref int index,
        IReadOnlyList<Option> known)
    {
        var options = new List<(Option, string, string)>();
        for (var letter = 1; letter < word.Length; letter++)
        {
            var option = known.FirstOrDefault(option => option.Short == word[letter])
                ?? throw new UsageException($"option -{word[letter]} not recognized");
            if (!option.TakesValue)
            {
                options.Add((option, $"-{option.Short}", ""));
                continue;
            }
            if (letter + 1 == word.Length && index == args.Count)
                throw new UsageException($"option -{word[letter]} requires argument");
            options.Add((option, $"-{option.Short}", letter + 1 < word.Length ? word[(letter + 1)..] : args[index++]));
            break;
        }
        return options;
    }
}
