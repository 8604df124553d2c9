namespace Rota.Supervisor.Config;

/// <summary>Finds whom each `depends_on` means, and refuses unknown names and circles.</summary>
/// <remarks>A name is a group, a program (also one within a group), or `group:process`. What is found is written as
/// `group:*` and `group:process`. Circles are sought between sections, whose processes all wait for the same.</remarks>
internal sealed class Dependencies
{
    private const string Write = "write the name of a program, a group or group:process";

    private readonly List<Part> _parts = [];
    private readonly HashSet<Part> _walked = [];
    private ILookup<string, Part> _byGroup = null!;
    private ILookup<string, Part> _byProgram = null!;

    /// <summary>A section's processes within one group.</summary>
    private sealed class Part(SectionReader section, string program, string group, List<ProcessConfig> processes)
    {
        public SectionReader Section => section;

        public string Program => program;

        public string Group => group;

        public List<ProcessConfig> Processes => processes;

        /// <summary>Those it waits for, each once.</summary>
        public List<Part> Needs { get; } = [];
    }

    public void Add(SectionReader section, string program, string group, List<ProcessConfig> processes) =>
        _parts.Add(new(section, program, group, processes));

    /// <summary>The groups with all names found.</summary>
    /// <exception cref="ConfigException">A name that fits nothing, or a circle, which it draws.</exception>
    public List<GroupConfig> Resolve(List<GroupConfig> groups)
    {
        var waiting = _parts.Where(part => part.Processes.Exists(process => process.Life.DependsOn.Count > 0)).ToList();
        if (waiting.Count == 0)
            return groups;
        _byGroup = _parts.ToLookup(part => part.Group);
        _byProgram = _parts.ToLookup(part => part.Program);
        var found = new Dictionary<(string Group, string Process), ValueList<string>>();
        foreach (var part in waiting)
        {
            foreach (var process in part.Processes)
            {
                found[(part.Group, process.Name)] =
                    [.. process.Life.DependsOn.SelectMany(name => Find(part, name)).Distinct()];
            }
        }
        foreach (var part in waiting)
            Walk(part, []);
        return groups.ConvertAll(group => group with
        {
            Processes =
            [
                .. group.Processes.Select(process => found.TryGetValue((group.Name, process.Name), out var names)
                    ? process with { Life = process.Life with { DependsOn = names } }
                    : process),
            ],
        });
    }

    private List<string> Find(Part part, string name)
    {
        var colon = name.IndexOf(':');
        if (colon >= 0)
            return FindProcess(part, name, name[..colon], name[(colon + 1)..]);
        if (_byGroup.Contains(name))
            return FindProcess(part, name, name, "*");
        var programs = _byProgram[name].ToList();
        if (programs.Count == 0)
            throw Unknown(part, name);
        programs.ForEach(needed => Need(part, needed));
        return [.. programs.SelectMany(needed => needed.Processes.Select(process => $"{needed.Group}:{process.Name}"))];
    }

    private List<string> FindProcess(Part part, string name, string group, string process)
    {
        var needed = process is "*" or ""
            ? _byGroup[group].ToList()
            : _byGroup[group].Where(other => other.Processes.Exists(one => one.Name == process)).ToList();
        if (needed.Count == 0)
            throw Unknown(part, name);
        needed.ForEach(other => Need(part, other));
        return [$"{group}:{(process.Length == 0 ? "*" : process)}"];
    }

    private static void Need(Part part, Part needed)
    {
        if (!part.Needs.Contains(needed))
            part.Needs.Add(needed);
    }

    private ConfigException Unknown(Part part, string name)
    {
        var near = Nearest.To(name, _byGroup.Select(group => group.Key).Concat(_byProgram.Select(same => same.Key)));
        return part.Section.Error("depends_on", $"names the unknown {PythonText.Repr(name)}",
            near is null ? Write : $"did you mean {near}?");
    }

    /// <summary>Depth first along the path; one that was left without a circle is not walked again.</summary>
    private void Walk(Part part, List<Part> path)
    {
        if (path.IndexOf(part) is >= 0 and var start)
        {
            var circle = string.Join(" -> ", path[start..].Append(part).Select(step => step.Program));
            throw part.Section.Error("depends_on", $"goes in a circle, {circle}", "take one of them out");
        }
        if (!_walked.Contains(part))
        {
            part.Needs.ForEach(needed => Walk(needed, [.. path, part]));
            _walked.Add(part);
        }
    }
}
