using System.Reflection;
using System.Runtime.CompilerServices;
using Rota.Jobs;

namespace Rota.Plugins;

/// <summary>Loads a version and finds its handlers. All that can be wrong with it comes out here and not in a
/// job.</summary>
internal sealed class PluginLoader(HandlerRegistry handlers, TimeProvider clock)
{
    private static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(30);

    /// <exception cref="PluginException">It cannot be used.</exception>
    public async Task<PluginVersion> LoadAsync(PluginImage image, CancellationToken stop)
    {
        try
        {
            // Foreign code runs here (static constructors): on a thread of its own, so that it can be given up.
            return await Task.Run(() => Load(image), stop).WaitAsync(TimeMax, clock, stop);
        }
        catch (TimeoutException error)
        {
            throw new PluginException($"Loading took longer than {TimeMax.TotalSeconds} s and was given up.", error);
        }
    }

    private PluginVersion Load(PluginImage image)
    {
        var context = new PluginContext(image);
        try
        {
            var version = new PluginVersion(image, context);
            var assembly = context.LoadMain();
            CheckReferences(assembly, context);
            var types = assembly.GetExportedTypes().Where(IsHandler).ToList();
            foreach (var type in types)
                RuntimeHelpers.RunClassConstructor(type.TypeHandle);
            version.Handlers = [.. types.SelectMany(type => Describe(type, version))];
            return version.Handlers.Count > 0
                ? version
                : throw new PluginException("It has no public class that implements IJobHandler<T>.");
        }
        catch (Exception error)
        {
            context.Unload();
            // Foreign code can throw anything. Only text leaves, because the exception may hold on to the context.
            throw error as PluginException ?? new PluginException(Explain(error));
        }
    }

    private static bool IsHandler(Type type) =>
        type is { IsClass: true, IsAbstract: false, ContainsGenericParameters: false }
        && Array.Exists(type.GetInterfaces(),
            one => one.IsGenericType && one.GetGenericTypeDefinition() == typeof(IJobHandler<>));

    private List<HandlerDescriptor> Describe(Type type, PluginVersion version)
    {
        var described = HandlerDescriptor.From(type, version.Image.Name);
        if (described.Count == 1) // with several kinds the class names none of them
            described[0].Job.Aliases = [.. described[0].Job.Aliases, $"{version.Image.Name}:{type.Name}"];
        return described.Select(HandlerDescriptor (one) => new PluginHandler(one, version, handlers)
        {
            Job = one.Job,
            Source = one.Source,
            HandlerType = one.HandlerType,
        }).ToList();
    }

    /// <summary>A missing dependency would else show only when a job first comes to the line that needs it.</summary>
    private static void CheckReferences(Assembly assembly, PluginContext context)
    {
        foreach (var name in assembly.GetReferencedAssemblies())
        {
            try
            {
                context.LoadFromAssemblyName(name);
            }
            catch (Exception error)
                when (error is FileNotFoundException or FileLoadException or BadImageFormatException)
            {
                throw new PluginException($"It needs {name.Name} {name.Version}, which cannot be loaded: put "
                    + $"{name.Name}.dll into the plug-in's folder.");
            }
        }
    }

    private static string Explain(Exception error) => error switch
    {
        ReflectionTypeLoadException types =>
            string.Join(' ', types.LoaderExceptions.Select(one => one?.Message).Distinct().Take(3)),
        TypeInitializationException { InnerException: { } cause } failed =>
            $"The static constructor of {failed.TypeName} failed: {cause.GetType().Name}: {cause.Message}",
        TargetInvocationException { InnerException: { } cause } => cause.Message,
        BadImageFormatException => "It is no .NET assembly that this server can load.",
        _ => error.Message,
    };
}
