using System.Globalization;

namespace Rota.Schedules;

/// <summary>A place in a text, and the first problem met there.</summary>
internal ref struct CronReader(ReadOnlySpan<char> text, CronDialect dialect, string spread)
{
    private readonly ReadOnlySpan<char> _text = text;

    public readonly CronDialect Dialect => dialect;

    /// <summary>What spreads the values of <c>H</c>.</summary>
    public readonly string Spread => spread;

    /// <summary>An <c>H</c> was read.</summary>
    public bool UsesSpread { get; set; }

    public int At { get; set; }

    /// <summary>Where to stop: the end of the text, or that of a value among keywords.</summary>
    public int End { get; set; } = text.Length;

    /// <summary>White space is part of a field, as in <c>day=2nd fri hour=9</c>.</summary>
    public bool HasSpaces { get; set; }

    public CronProblem? Problem { get; private set; }

    public readonly char Symbol => At < End ? _text[At] : '\0';

    public readonly bool AtFieldEnd => IsFieldEnd(At);

    public readonly bool IsFieldEnd(int at) => at >= End || !HasSpaces && char.IsWhiteSpace(_text[at]);

    public readonly ReadOnlySpan<char> Since(int start) => _text[start..At];

    public bool Take(char symbol)
    {
        if (At >= End || char.ToUpperInvariant(_text[At]) != symbol)
            return false;
        At++;
        return true;
    }

    public void SkipSpace()
    {
        while (At < End && char.IsWhiteSpace(_text[At]))
            At++;
    }

    /// <summary>Letters, and digits after the first one.</summary>
    public ReadOnlySpan<char> TakeWord()
    {
        var start = At;
        while (At < End && (char.IsAsciiLetter(_text[At]) || At > start && char.IsAsciiDigit(_text[At])))
            At++;
        return Since(start);
    }

    /// <summary>Reads digits; a number too large to hold becomes the largest one.</summary>
    public bool TryNumber(CronField field, string of, out int number)
    {
        var start = At;
        while (At < End && char.IsAsciiDigit(_text[At]))
            At++;

        number = 0;
        if (At == start)
        {
            return Fail(AtFieldEnd
                ? $"The {of}{field.Name} is missing"
                : $"The {of}{field.Name} cannot be or contain '{Symbol}'", At, field.Advice);
        }

        if (!int.TryParse(Since(start), NumberStyles.None, CultureInfo.InvariantCulture, out number))
            number = int.MaxValue;
        return true;
    }

    /// <summary>Notes a problem, and is false.</summary>
    public bool Fail(string what, int position, string advice)
    {
        Problem ??= new(what, position, advice);
        return false;
    }
}
