<!-- header.xsl: an interface (api/interfaces/NAME.xml) → <selo/NAME.h>. SPDX-License-Identifier: LGPL-2.1-or-later -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:i="urn:selo:interface:1">
<xsl:output method="text"/>
<xsl:variable name="lc">abcdefghijklmnopqrstuvwxyz-</xsl:variable><xsl:variable name="uc">ABCDEFGHIJKLMNOPQRSTUVWXYZ_</xsl:variable>
<xsl:template name="camel"><xsl:param name="s"/><xsl:choose>
 <xsl:when test="contains($s,'-')"><xsl:call-template name="camel"><xsl:with-param name="s" select="substring-before($s,'-')"/></xsl:call-template><xsl:call-template name="camel"><xsl:with-param name="s" select="substring-after($s,'-')"/></xsl:call-template></xsl:when>
 <xsl:otherwise><xsl:value-of select="concat(translate(substring($s,1,1),$lc,$uc),substring($s,2))"/></xsl:otherwise></xsl:choose></xsl:template>
<xsl:template name="type"><xsl:param name="of"/>Selo<xsl:value-of select="ancestor-or-self::i:interface/@c-name"/><xsl:call-template name="camel"><xsl:with-param name="s" select="$of"/></xsl:call-template></xsl:template>
<xsl:template match="i:interface">/* <xsl:value-of select="concat('&lt;selo/',@name,'.h>: the interface ',@name,'/',substring-before(@version,'.'),'. ',i:summary)"/>
 * Generated from api/interfaces/<xsl:value-of select="@name"/>.xml. SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include &lt;selo/plugin.h&gt;

SELO_BEGIN_DECLS

<xsl:apply-templates select="i:enum|i:record"/>typedef struct {
    SELO_INSTANCE;
<xsl:for-each select="i:op"><xsl:if test="i:summary">    /* <xsl:value-of select="i:summary"/> */
</xsl:if>    SELO_OP(<xsl:value-of select="translate(@name,'-','_')"/>, <xsl:call-template name="type"><xsl:with-param name="of" select="@in"/></xsl:call-template>);
</xsl:for-each>} Selo<xsl:value-of select="@c-name"/>V<xsl:value-of select="substring-before(@version,'.')"/>;

<xsl:for-each select="i:op">static inline void
selo_<xsl:value-of select="translate(../@name,'-','_')"/>_<xsl:value-of select="translate(@name,'-','_')"/>(SeloCall *parent, SeloInstance *target, const <xsl:call-template name="type"><xsl:with-param name="of" select="@in"/></xsl:call-template> *request, SeloRowFunc on_row, SeloDoneFunc on_done, void *data)
{
    selo_invoke(parent, target, "<xsl:value-of select="@name"/>", request, on_row, on_done, data);
}
</xsl:for-each>
SELO_END_DECLS
</xsl:template>
<xsl:template match="i:enum">enum {
<xsl:for-each select="i:value">    SELO_<xsl:value-of select="translate(concat(../../@c-name,'_',../@name,'_',@name),$lc,$uc)"/><xsl:if test="@bit"> = <xsl:value-of select="@bit"/></xsl:if>,
</xsl:for-each>};

</xsl:template>
<xsl:template match="i:record">typedef struct {
    uint32_t struct_size;
<xsl:for-each select="i:field|i:reserved"><xsl:text>    </xsl:text><xsl:choose>
<xsl:when test="self::i:reserved">uint32_t reserved<xsl:value-of select="count(preceding-sibling::i:reserved)"/></xsl:when>
<xsl:otherwise><xsl:choose>
<xsl:when test="@type='str' or @type='octets'">SeloStr</xsl:when><xsl:when test="@type='strs'">SeloStrs</xsl:when><xsl:when test="@type='u32' or @type='bool'">uint32_t</xsl:when><xsl:when test="@type='i32'">int32_t</xsl:when><xsl:when test="@type='u64'">uint64_t</xsl:when><xsl:when test="@type='i64'">int64_t</xsl:when><xsl:when test="@type='time'">SeloTime</xsl:when><xsl:when test="@type='blob'">SeloBlob</xsl:when><xsl:when test="@type='records'">struct { const <xsl:call-template name="type"><xsl:with-param name="of" select="@of"/></xsl:call-template> *const *v; size_t n; }</xsl:when><xsl:otherwise>#error <xsl:value-of select="@type"/></xsl:otherwise></xsl:choose><xsl:text> </xsl:text><xsl:value-of select="translate(@name,'-','_')"/></xsl:otherwise></xsl:choose>;
</xsl:for-each>} <xsl:call-template name="type"><xsl:with-param name="of" select="@name"/></xsl:call-template>;

</xsl:template>
</xsl:stylesheet>
