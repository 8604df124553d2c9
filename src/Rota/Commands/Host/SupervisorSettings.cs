using Rota.Web.Supervisors;

namespace Rota.Commands;

/// <summary>Reads the list of section <c>Supervisors</c>: <c>ROTA_SUPERVISORS__0__NAME</c> and its kin.</summary>
internal static class SupervisorSettings
{
    private static readonly string[] Properties =
        [.. typeof(SupervisorOptions).GetProperties().Where(property => property.CanWrite)
            .Select(property => property.Name)];

    /// <summary>In the order of their numbers, which need not be without gaps.</summary>
    public static IReadOnlyList<SupervisorOptions> Read(
        IReadOnlyList<SettingValue> values, List<SettingsProblem> problems, List<string> warnings)
    {
        var all = new SortedDictionary<int, (SupervisorOptions Options, SettingValue First)>();
        foreach (var value in values.Where(one => SettingValue.IsSame(one.Path[0], SupervisorOptions.Section)))
        {
            if (value.Path.Count != 3 || !int.TryParse(value.Path[1], out var number) || number < 0)
            {
                problems.Add(new($"{value.Name} names no supervisor and property.",
                    "Write ROTA_SUPERVISORS__0__NAME and ROTA_SUPERVISORS__0__URL."));
                continue;
            }
            if (!all.ContainsKey(number))
                all[number] = (new SupervisorOptions(), value);
            Set(all[number].Options, value, warnings);
        }
        var names = new List<string>();
        foreach (var (options, first) in all.Values)
        {
            problems.AddRange(options.Problems(names).Select(problem => new SettingsProblem(
                $"{NameOf(problem.Property, first)}: {problem.Wrong}", problem.Hint)));
            names.Add(options.Name);
        }
        return [.. all.Values.Select(one => one.Options)];
    }

    private static void Set(SupervisorOptions options, SettingValue value, List<string> warnings)
    {
        if (Array.Find(Properties, known => SettingValue.IsSame(known, value.Path[2])) is { } name)
        {
            typeof(SupervisorOptions).GetProperty(name)!.SetValue(options, value.Value);
            return;
        }
        var near = Nearest.Find(value.Path[2], Properties);
        warnings.Add($"{value.Name} is no setting of a supervisor and is ignored"
            + (near is null ? "" : $"; did you mean {near}?"));
    }

    /// <summary>As the one that stands beside it was written.</summary>
    private static string NameOf(string property, SettingValue beside) =>
        beside.Name.StartsWith(SettingSources.Prefix, StringComparison.Ordinal)
            ? $"{SettingSources.Prefix}SUPERVISORS__{beside.Path[1]}__{property.ToUpperInvariant()}"
            : beside.Name.Replace($":{beside.Path[2]} in ", $":{property} in ");
}
