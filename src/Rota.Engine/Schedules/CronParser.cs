using System.Globalization;

namespace Rota.Schedules;

/// <summary>Reads an expression from left to right and stops at the first problem.</summary>
internal sealed class CronParser(string text)
{
    private const string FiveFields = "Write five fields: minute, hour, day of month, month, day of week.";

    private int _at;
    private CronProblem? _problem;

    /// <summary>Why <see cref="TryParse"/> said no.</summary>
    public CronProblem Problem => _problem ?? throw new InvalidOperationException("There was no problem.");

    private char Symbol => _at < text.Length ? text[_at] : '\0';

    private bool AtFieldEnd => _at == text.Length || char.IsWhiteSpace(text[_at]);

    public bool TryParse(out CronMasks masks)
    {
        masks = default;
        if (text.Length > CronExpression.MaxLength)
            return Fail($"The expression has {text.Length} characters, over {CronExpression.MaxLength}", 0, FiveFields);

        SkipSpace();
        return Symbol == '@' ? TryMacro(out masks) : TryFields(out masks);
    }

    private bool TryMacro(out CronMasks masks)
    {
        var name = text.AsSpan(_at).TrimEnd().ToString();
        var expression = name.ToLowerInvariant() switch
        {
            "@hourly" => "0 * * * *",
            "@daily" or "@midnight" => "0 0 * * *",
            "@weekly" => "0 0 * * 0",
            "@monthly" => "0 0 1 * *",
            "@yearly" or "@annually" => "0 0 1 1 *",
            _ => null,
        };
        masks = default;
        return expression is null
            ? Fail($"'{name}' is not known", _at,
                "Write @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually or five fields.")
            : new CronParser(expression).TryFields(out masks);
    }

    private bool TryFields(out CronMasks masks)
    {
        masks = default;
        if (!TryField(CronField.Minute, 0, out var minutes, out _)
            || !TryField(CronField.Hour, 1, out var hours, out _)
            || !TryField(CronField.Day, 2, out var days, out var anyDay)
            || !TryField(CronField.Month, 3, out var months, out _)
            || !TryField(CronField.Weekday, 4, out var weekdays, out var anyWeekday))
            return false;

        if (_at < text.Length)
            return Fail("The expression has more than five fields", _at, FiveFields);

        masks = new(minutes, (uint)hours, (uint)days, (uint)months, (uint)weekdays, !anyDay && !anyWeekday);
        return true;
    }

    /// <param name="field">What to read.</param>
    /// <param name="before">Fields read so far, for the message.</param>
    /// <param name="bits">The values.</param>
    /// <param name="starred">Whether the field starts with <c>*</c>.</param>
    private bool TryField(CronField field, int before, out ulong bits, out bool starred)
    {
        bits = 0;
        starred = Symbol == '*';
        if (_at == text.Length)
        {
            var missing = $"The {field.Name} is missing after {before} of 5 fields";
            return Fail(before == 0 ? "The expression is empty" : missing, _at, FiveFields);
        }

        do
        {
            if (!TryItem(field, out var some))
                return false;
            bits |= some;
        }
        while (Take(','));

        if (!AtFieldEnd)
            return Fail($"'{Symbol}' cannot stand here in the {field.Name}", _at, field.Advice);
        SkipSpace();
        return true;
    }

    private bool TryItem(CronField field, out ulong bits)
    {
        bits = 0;
        int from = field.First, to = field.Last, step = 1;
        var star = Take('*');
        var range = false;
        if (!star)
        {
            if (!TryValue(field, out from))
                return false;
            to = from;
            range = Take('-');
            if (range && !TryValue(field, out to))
                return false;
        }

        if (Take('/'))
        {
            if (!TryStep(field, out step))
                return false;
            if (!star && !range)
                (from, to) = (from > field.Last ? field.First : from, field.Last);
        }

        bits = field.Bits(from, to, step);
        return true;
    }

    private bool TryValue(CronField field, out int value)
    {
        var start = _at;
        if (char.IsAsciiLetter(Symbol) && field.Names.Length > 0)
            return TryName(field, start, out value);
        if (!TryNumber($"The {field.Name}", field.Advice, out value))
            return false;

        var written = text[start.._at];
        return value >= field.First && value <= field.Max
            || Fail($"The {field.Name} {written} is not from {field.First} to {field.Max}", start, field.Advice);
    }

    private bool TryName(CronField field, int start, out int value)
    {
        while (char.IsAsciiLetterOrDigit(Symbol))
            _at++;

        var name = text[start.._at];
        var index = Array.FindIndex(field.Names, known => known.Equals(name, StringComparison.OrdinalIgnoreCase));
        value = index + field.First;
        return index >= 0
            || Fail($"'{name}' is no {field.Name}", start, $"Its names are {string.Join(", ", field.Names)}.");
    }

    private bool TryStep(CronField field, out int step)
    {
        var start = _at;
        var advice = $"Steps of the {field.Name} go from 1 to {field.Max}.";
        if (!TryNumber($"The step of the {field.Name}", advice, out step))
            return false;

        var written = text[start.._at];
        return step >= 1 && step <= field.Max
            || Fail($"The step {written} of the {field.Name} is not from 1 to {field.Max}", start, advice);
    }

    /// <summary>Reads digits; a number too large to hold becomes the largest one.</summary>
    private bool TryNumber(string what, string advice, out int number)
    {
        var start = _at;
        while (char.IsAsciiDigit(Symbol))
            _at++;

        number = 0;
        if (_at == start)
            return Fail(AtFieldEnd ? $"{what} is missing" : $"{what} cannot be or contain '{Symbol}'", _at, advice);
        if (!int.TryParse(text.AsSpan(start, _at - start), NumberStyles.None, CultureInfo.InvariantCulture, out number))
            number = int.MaxValue;
        return true;
    }

    private bool Take(char symbol)
    {
        if (Symbol != symbol || _at == text.Length)
            return false;
        _at++;
        return true;
    }

    private void SkipSpace()
    {
        while (_at < text.Length && char.IsWhiteSpace(text[_at]))
            _at++;
    }

    private bool Fail(string what, int position, string advice)
    {
        _problem = new(what, position, advice);
        return false;
    }
}
