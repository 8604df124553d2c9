using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Rota.Jobs;
using Rota.Schedules;

namespace Rota.Commands;

/// <summary>Sets the properties of an options class from configured values, and checks their annotations.</summary>
internal sealed class OptionsBinder(
    IReadOnlyList<SettingValue> values, List<SettingsProblem> problems, List<string> warnings)
{
    public void Bind(string section, object options)
    {
        var properties = options.GetType().GetProperties().Where(property => property.CanWrite).ToList();
        foreach (var value in values)
        {
            if (value.Path.Count < 2 || !SettingValue.IsSame(value.Path[0], section))
                continue;
            if (properties.Find(known => SettingValue.IsSame(known.Name, value.Path[1])) is { } property)
                Set(options, property, value);
            else
                Warn(section, properties, value);
        }
    }

    private void Warn(string section, List<PropertyInfo> properties, SettingValue value)
    {
        var near = Nearest.Find(value.Path[1], properties.Select(property => property.Name));
        warnings.Add($"{value.Name} is no setting of {section} and is ignored"
            + (near is null ? "" : $"; did you mean {section}:{near}?"));
    }

    private void Set(object options, PropertyInfo property, SettingValue value)
    {
        if (property.GetValue(options) is IList<string> list)
        {
            SetList(list, value);
        }
        else if (property.GetValue(options) is IDictionary<string, KindRetention> kinds)
        {
            SetKind(kinds, value);
        }
        else if (Parse(property.PropertyType, value.Value) is { } parsed)
        {
            if (property.GetCustomAttributes<ValidationAttribute>().Any(rule => !rule.IsValid(parsed)))
                problems.Add(new($"{value.Name} is {value.Value}.", Range(property)));
            else
                property.SetValue(options, parsed);
        }
        else
        {
            problems.Add(new($"{value.Name} is '{value.Value}'.", Range(property)));
        }
    }

    /// <summary>One item by its number, or all with commas between them.</summary>
    private static void SetList(IList<string> list, SettingValue value)
    {
        if (value.Path.Count > 2 && int.TryParse(value.Path[2], out var index) && index >= 0 && index < list.Count)
        {
            list[index] = value.Value;
            return;
        }
        if (value.Path.Count <= 2)
            list.Clear();
        foreach (var item in value.Value.Split(',',
            StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            list.Add(item);
    }

    private void SetKind(IDictionary<string, KindRetention> kinds, SettingValue value)
    {
        if (value.Path.Count != 4)
        {
            problems.Add(new($"{value.Name} names no kind and state.",
                "Write Retention:Kinds:KIND:Succeeded, :Failed or :Canceled."));
            return;
        }
        if (!kinds.TryGetValue(value.Path[2], out var kind))
            kinds[value.Path[2]] = kind = new KindRetention();
        if (typeof(KindRetention).GetProperties().FirstOrDefault(known =>
            SettingValue.IsSame(known.Name, value.Path[3])) is { } state)
            Set(kind, state, value);
        else
            warnings.Add($"{value.Name} is no final state and is ignored; write Succeeded, Failed or Canceled");
    }

    private static object? Parse(Type type, string text)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(int))
            return int.TryParse(text.Replace(",", "").Replace("_", ""), out var number) ? number : null;
        if (type == typeof(bool))
            return bool.TryParse(text, out var flag) ? flag : text is "1" ? true : text is "0" ? false : null;
        if (type == typeof(TimeSpan))
            return Durations.TryParse(text, out var duration) ? duration : null;
        return text;
    }

    private static string Range(PropertyInfo property)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        if (property.GetCustomAttribute<RangeAttribute>() is { } range)
            return type == typeof(TimeSpan)
                ? $"Write a duration from {Duration(range.Minimum)} to {Duration(range.Maximum)}."
                : $"Write a number from {range.Minimum:N0} to {range.Maximum:N0}.";
        if (property.GetCustomAttribute<StringLengthAttribute>() is { } length)
            return $"Write {length.MinimumLength} to {length.MaximumLength} characters.";
        return type == typeof(bool) ? "Write true or false."
            : type == typeof(TimeSpan) ? "Write a duration such as 90s, 1h30m, 7d or 7.00:00:00."
                : "Write a whole number.";
    }

    private static string Duration(object bound) =>
        Durations.TryParse(bound.ToString(), out var duration) ? Durations.Format(duration) : bound.ToString()!;
}
