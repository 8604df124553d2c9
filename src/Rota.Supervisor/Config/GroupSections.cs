using Rota.Supervisor.Events;

namespace Rota.Supervisor.Config;

/// <summary>Makes groups of `[group]`, `[program]`, `[eventlistener]` and `[fcgi-program]`.</summary>
/// <remarks>A program that a group names is part of that group alone.</remarks>
internal sealed class GroupSections(IniFile ini, Expansions names)
{
    private const string ResultHandler = "supervisor.dispatchers:default_handler";

    private readonly Dependencies _dependencies = new();
    private readonly HashSet<string> _grouped = new(StringComparer.Ordinal);

    /// <summary>By priority, then by name; of two of one name the first stays.</summary>
    public static IEnumerable<GroupConfig> Read(IniFile ini, Expansions names)
    {
        var groups = new GroupSections(ini, names).ReadAll()
            .OrderBy(group => group.Priority).ThenBy(group => group.Name, StringComparer.Ordinal).ToList();
        foreach (var twice in groups.GroupBy(group => group.Name).Where(same => same.Count() > 1))
            ini.Warnings.Add($"{ini.Sections[0].File}: {twice.Count()} groups are called {twice.Key}; one is run");
        return groups.DistinctBy(group => group.Name);
    }

    private List<GroupConfig> ReadAll()
    {
        List<GroupConfig> groups = [];
        groups.AddRange(Sections("group:").Select(Group));
        groups.AddRange(Sections("program:").Where(IsAlone).Select(Program));
        groups.AddRange(Sections("eventlistener:").Select(Listeners));
        groups.AddRange(Sections("fcgi-program:").Where(IsAlone).Select(FastCgi));
        return _dependencies.Resolve(groups);
    }

    private List<SectionReader> Sections(string prefix) => ini.Sections
        .Where(section => section.Name.StartsWith(prefix, StringComparison.Ordinal))
        .Select(section => new SectionReader(ini, section, names)).ToList();

    private bool IsAlone(SectionReader section) => !_grouped.Contains(section.Section.Name);

    private GroupConfig Group(SectionReader section)
    {
        var name = Name(section);
        var programs = Values.Strings(section.Text("programs"));
        if (programs.Count == 0)
            ini.Warnings.Add(section.Warning("programs", "is empty; write the names of programs with commas between"));
        return new GroupConfig
        {
            Name = name,
            Kind = GroupKind.Programs,
            Priority = section.Int("priority", 999),
            Processes = Sorted(programs.SelectMany(program => Processes(Member(section, program), name)), section),
        };
    }

    private SectionReader Member(SectionReader group, string program)
    {
        string[] kinds = [$"program:{program}", $"fcgi-program:{program}"];
        var found = kinds.Select(ini.Find).OfType<IniSection>().ToList();
        if (found.Count == 0)
            throw group.Error("programs", $"names the unknown program {PythonText.Repr(program)}",
                $"write the name of a program, or a section [program:{program}]");
        if (found.Count == 2)
            throw group.Error("programs", $"names {program}, which is a program and an fcgi-program",
                "rename one of them");
        _grouped.Add(found[0].Name);
        return new SectionReader(ini, found[0], group.Names);
    }

    private GroupConfig Program(SectionReader section) => new()
    {
        Name = Name(section),
        Kind = GroupKind.Programs,
        Priority = section.Int("priority", 999),
        Processes = Sorted(Processes(section, Name(section)), section),
    };

    private GroupConfig Listeners(SectionReader section)
    {
        var bufferSize = section.Int("buffer_size", 10);
        if (bufferSize < 1)
            throw section.Error("buffer_size", $"{bufferSize} is too small", "write 1 or more events");
        var handler = section.Text("result_handler", ResultHandler);
        if (handler != ResultHandler)
            ini.Warnings.Add(section.Warning("result_handler", $"names Python code, {handler}; the default is used"));
        if (section.Bool("redirect_stderr", false))
            throw section.Error("redirect_stderr", "is true, which would mix errors into the listener's answers",
                "leave it out");
        return new GroupConfig
        {
            Name = Name(section),
            Kind = GroupKind.EventListeners,
            Priority = section.Int("priority", -1),
            Processes = Sorted(Processes(section, Name(section)), section),
            Events = Events(section),
            EventBufferSize = bufferSize,
            ResultHandler = handler,
        };
    }

    private static ValueList<string> Events(SectionReader section)
    {
        var events = Values.Strings(section.Text("events")).Select(name => name.ToUpperInvariant()).Distinct().ToList();
        if (events.Count == 0)
            throw section.Missing("events", "write the events to get, for example events=PROCESS_STATE");
        foreach (var name in events.Where(name => !EventNames.All.Contains(name)))
            throw section.Error("events", $"names the unknown event {PythonText.Repr(name)}",
                $"write {Nearest.To(name, EventNames.All) ?? "PROCESS_STATE or another of supervisor's events"}");
        return new([.. events]);
    }

    private GroupConfig FastCgi(SectionReader section) => new()
    {
        Name = Name(section),
        Kind = GroupKind.FastCgi,
        Priority = section.Int("priority", 999),
        Processes = Sorted(Processes(section, Name(section)), section),
        Socket = FastCgiSection.Socket(section.With(new Expansions(names) { ["program_name"] = Name(section) })),
    };

    private static string Name(SectionReader section)
    {
        try
        {
            return Values.Name(section.NameAfterColon);
        }
        catch (ValueException bad)
        {
            throw section.Error(null, bad.Message, bad.Write);
        }
    }

    private List<ProcessConfig> Processes(SectionReader section, string group)
    {
        var processes = new ProcessSection(ini, section, Name(section), group).Read().ToList();
        _dependencies.Add(section, Name(section), group, processes);
        return processes;
    }

    /// <summary>Of two processes of one name the later stays, as in supervisord.</summary>
    private ValueList<ProcessConfig> Sorted(IEnumerable<ProcessConfig> processes, SectionReader section)
    {
        var sorted = processes.OrderBy(process => process.Priority)
            .ThenBy(process => process.Name, StringComparer.Ordinal)
            .ToList();
        foreach (var twice in sorted.GroupBy(process => process.Name).Where(same => same.Count() > 1))
            ini.Warnings.Add(section.Warning(null, $"has {twice.Count()} processes called {twice.Key}; one is run"));
        return new([.. sorted.AsEnumerable().Reverse().DistinctBy(process => process.Name).Reverse()]);
    }
}
