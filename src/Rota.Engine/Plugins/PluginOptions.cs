using System.ComponentModel.DataAnnotations;

namespace Rota.Plugins;

/// <summary>Where plug-ins stand and how they are compiled. Section <c>Plugins</c>.</summary>
public sealed class PluginOptions
{
    public const string Section = "Plugins";

    /// <summary>Where plug-ins are put; looked at again at every change. Need not be there. Default:
    /// <c>plugins</c>.</summary>
    [Required]
    public string Folder { get; set; } = "plugins";

    /// <summary>Where compiled and copied plug-ins are run from, so that the files in <see cref="Folder"/> are never in
    /// use. Only the server's user may write here. Default: <c>.cache</c> in <see cref="Folder"/>.</summary>
    public string? CacheFolder { get; set; }

    /// <summary>Program and first arguments that run <see cref="PluginCompiler.Run"/> in a process of its own, so that
    /// the compiler's memory (about 150 MB) does not stay in the server. Default: empty, which compiles in this
    /// process.
    /// </summary>
    public IList<string> Compiler { get; set; } = [];
}
