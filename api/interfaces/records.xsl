<!-- records.xsl: an interface → its descriptor (api/lib/selo-interface.h): records with their fields,
     operations with their place in the table. SPDX-License-Identifier: LGPL-2.1-or-later -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:i="urn:selo:interface:1">
<xsl:output method="text"/>
<xsl:variable name="lc">abcdefghijklmnopqrstuvwxyz-</xsl:variable><xsl:variable name="uc">ABCDEFGHIJKLMNOPQRSTUVWXYZ_</xsl:variable>
<xsl:template name="camel"><xsl:param name="s"/><xsl:choose>
 <xsl:when test="contains($s,'-')"><xsl:call-template name="camel"><xsl:with-param name="s" select="substring-before($s,'-')"/></xsl:call-template><xsl:call-template name="camel"><xsl:with-param name="s" select="substring-after($s,'-')"/></xsl:call-template></xsl:when>
 <xsl:otherwise><xsl:value-of select="concat(translate(substring($s,1,1),$lc,$uc),substring($s,2))"/></xsl:otherwise></xsl:choose></xsl:template>
<xsl:template name="type"><xsl:param name="of"/>Selo<xsl:value-of select="ancestor-or-self::i:interface/@c-name"/><xsl:call-template name="camel"><xsl:with-param name="s" select="$of"/></xsl:call-template></xsl:template>
<xsl:template name="usec"><xsl:param name="t"/><xsl:choose>
 <xsl:when test="not($t)">0</xsl:when>
 <xsl:when test="contains($t,'min')"><xsl:value-of select="concat(substring-before($t,'min'),' * 60 * G_USEC_PER_SEC')"/></xsl:when>
 <xsl:otherwise><xsl:value-of select="concat(substring-before($t,'s'),' * G_USEC_PER_SEC')"/></xsl:otherwise></xsl:choose></xsl:template>
<xsl:template name="record"><xsl:param name="of"/><xsl:choose><xsl:when test="$of">&amp;<xsl:value-of select="translate($of,'-','_')"/>_record</xsl:when><xsl:otherwise>NULL</xsl:otherwise></xsl:choose></xsl:template>
<xsl:template match="i:interface">/* Generated from api/interfaces/<xsl:value-of select="@name"/>.xml. SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include &lt;selo/<xsl:value-of select="@name"/>.h&gt;

#include "api/lib/selo-interface.h"

extern const SeloInterfaceType selo_<xsl:value-of select="translate(@name,'-','_')"/>_interface;
<xsl:apply-templates select="i:record"/>
static const SeloOpType ops[] = {
<xsl:for-each select="i:op">    { "<xsl:value-of select="@name"/>", offsetof(Selo<xsl:value-of select="../@c-name"/>V<xsl:value-of select="substring-before(../@version,'.')"/>, <xsl:value-of select="translate(@name,'-','_')"/>), 0<xsl:if test="@idempotent='yes'"> | SELO_OP_IDEMPOTENT</xsl:if><xsl:if test="@one-way='yes'"> | SELO_OP_ONE_WAY</xsl:if>, <xsl:call-template name="record"><xsl:with-param name="of" select="@in"/></xsl:call-template>, <xsl:call-template name="record"><xsl:with-param name="of" select="@row"/></xsl:call-template>, <xsl:call-template name="record"><xsl:with-param name="of" select="@out"/></xsl:call-template>, <xsl:call-template name="usec"><xsl:with-param name="t" select="@timeout"/></xsl:call-template>, <xsl:choose><xsl:when test="@feature">"<xsl:value-of select="@feature"/>"</xsl:when><xsl:otherwise>NULL</xsl:otherwise></xsl:choose> },
</xsl:for-each>};

const SeloInterfaceType selo_<xsl:value-of select="translate(@name,'-','_')"/>_interface = { "<xsl:value-of select="@name"/>", <xsl:value-of select="translate(@version,'.',',')"/>, G_N_ELEMENTS(ops), ops };
</xsl:template>
<xsl:template match="i:record">
static const SeloField <xsl:value-of select="translate(@name,'-','_')"/>_fields[] = {
<xsl:for-each select="i:field">    { "<xsl:value-of select="@name"/>", offsetof(<xsl:call-template name="type"><xsl:with-param name="of" select="../@name"/></xsl:call-template>, <xsl:value-of select="translate(@name,'-','_')"/>), SELO_FIELD_<xsl:choose><xsl:when test="@type='bool'">U32</xsl:when><xsl:when test="@type='octets'">STR</xsl:when><xsl:otherwise><xsl:value-of select="translate(@type,$lc,$uc)"/></xsl:otherwise></xsl:choose>, <xsl:call-template name="record"><xsl:with-param name="of" select="@of"/></xsl:call-template> },
</xsl:for-each>};
static const SeloRecordType <xsl:value-of select="translate(@name,'-','_')"/>_record = { "<xsl:value-of select="@name"/>", sizeof(<xsl:call-template name="type"><xsl:with-param name="of" select="@name"/></xsl:call-template>), G_N_ELEMENTS(<xsl:value-of select="translate(@name,'-','_')"/>_fields), <xsl:value-of select="translate(@name,'-','_')"/>_fields };
</xsl:template>
</xsl:stylesheet>
