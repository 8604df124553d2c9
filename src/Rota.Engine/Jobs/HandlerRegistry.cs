using System.Collections.Frozen;
using System.Reflection;

namespace Rota.Jobs;

/// <summary>Which handler runs which kind. Read without a lock; replaced as a whole when a plug-in changes.</summary>
public sealed class HandlerRegistry
{
    private readonly Lock _changing = new();
    private readonly Dictionary<string, IReadOnlyList<HandlerDescriptor>> _bySource = [];
    private FrozenDictionary<string, HandlerDescriptor> _byName = FrozenDictionary<string, HandlerDescriptor>.Empty;

    /// <summary>Kinds that have a handler now and had none before.</summary>
    public event Action<IReadOnlyList<HandlerDescriptor>>? Appeared;

    /// <summary>All handlers, by kind.</summary>
    public IReadOnlyList<HandlerDescriptor> All =>
        [.. _byName.Values.Distinct().OrderBy(handler => handler.Kind, StringComparer.Ordinal)];

    /// <summary>The handler of a kind or of one of its aliases, or null.</summary>
    public HandlerDescriptor? Find(string kind) => _byName.GetValueOrDefault(kind);

    /// <summary>The kind that an arguments type is enqueued as, with its defaults.</summary>
    /// <exception cref="ArgumentException">It carries none, and no handler takes it.</exception>
    public JobAttribute JobOf(Type args) => args.GetCustomAttribute<JobAttribute>()
        ?? All.FirstOrDefault(handler => handler.ArgsType == args)?.Job
        ?? throw new ArgumentException($"{args} carries no [Job(\"some.kind\")], so its jobs have no kind.");

    /// <summary>Sets the handlers of one source, in place of those it had.</summary>
    /// <param name="source"><c>code</c>, or the name of a plug-in.</param>
    /// <exception cref="ConflictException"><c>kind.taken</c>: another source has one of the names; nothing
    /// changed.</exception>
    public void Set(string source, IReadOnlyList<HandlerDescriptor> handlers)
    {
        IReadOnlyList<HandlerDescriptor> appeared;
        lock (_changing)
        {
            var before = _byName;
            _byName = Build(source, handlers);
            _bySource[source] = handlers;
            appeared = [.. handlers.Where(handler => !before.ContainsKey(handler.Kind))];
        }
        if (appeared.Count > 0)
            Appeared?.Invoke(appeared);
    }

    /// <summary>Adds handlers to those that a source has.</summary>
    public void Add(string source, HandlerDescriptor handler)
    {
        lock (_changing)
            Set(source, [.. _bySource.GetValueOrDefault(source, []), handler]);
    }

    public void Remove(string source)
    {
        lock (_changing)
        {
            _bySource.Remove(source);
            _byName = Build(source, []);
        }
    }

    private FrozenDictionary<string, HandlerDescriptor> Build(string source, IReadOnlyList<HandlerDescriptor> handlers)
    {
        var byName = new Dictionary<string, HandlerDescriptor>();
        var others = _bySource.Where(other => other.Key != source).SelectMany(other => other.Value);
        foreach (var handler in others.Concat(handlers))
        {
            foreach (var name in handler.Names)
            {
                if (!byName.TryAdd(name, handler) && byName[name] != handler)
                {
                    throw new ConflictException("kind.taken",
                        $"The kind '{name}' of {handler.Source} is taken by {byName[name].Source}.",
                        "Give one of the two another kind.");
                }
            }
        }
        return byName.ToFrozenDictionary();
    }
}
